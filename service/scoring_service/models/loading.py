"""From where a file is to an opened model."""

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from scoring_service.errors import ModelUnavailable
from scoring_service.models.places import MAX_BYTES
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.model import Model, ModelFile, Modelled, missing

WITHIN_S: Final = 60.0
"""For fetching and trying."""
SHOWN: Final = 200

Load = Callable[[ModelFile, int], Awaitable[Model]]
"""From a file and the columns of its lines to a model; raises `ModelUnavailable`."""


async def load(file: ModelFile, columns: int) -> Model:
    """Return the model that a file is.

    Raises:
        ModelUnavailable: It cannot be had, has another digest, or is no model; the message says why.
    """
    try:
        from scoring_service.models.session import NoModel, opened
    except ImportError:
        raise ModelUnavailable("the workers' image has no onnxruntime: it lacks the extra onnx") from None
    content = await _fetched(file.uri, columns)
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise ModelUnavailable(f"expected the digest {file.sha256[:12]}…, the file has {digest[:12]}…")
    try:
        return await asyncio.to_thread(opened, content, columns, digest)
    except NoModel as error:
        raise ModelUnavailable(str(error)) from error


async def completed(scorer: Scorer, load: Load = load) -> Scorer:
    """Return a scorer with the model that it still needs; as it is if it needs none.

    Raises:
        ModelUnavailable: The model cannot be had; the message says why.
    """
    file = missing(scorer)
    if file is None or not isinstance(scorer, Modelled):
        return scorer
    return scorer.with_model(await load(file, scorer.columns))


async def _fetched(uri: str, columns: int) -> bytes:
    command = (sys.executable, "-m", "scoring_service.models", uri, str(columns))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None  # noqa: S101 - tells mypy what PIPE means
    assert process.stderr is not None  # noqa: S101 - the same
    try:
        async with asyncio.timeout(WITHIN_S):
            content, said = await asyncio.gather(_at_most(process.stdout, MAX_BYTES), process.stderr.read(64 * 1024))
            code = await process.wait()
    except TimeoutError:
        raise ModelUnavailable(f"expected the model within {WITHIN_S:g} s, did not come") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        told = " ".join(said.decode(errors="replace").split())[-SHOWN:]
        raise ModelUnavailable(told or f"the process that fetches it ended with {code}")
    return content


async def _at_most(stream: asyncio.StreamReader, size: int) -> bytes:
    found = bytearray()
    while chunk := await stream.read(1 << 20):
        found += chunk
        if len(found) > size:
            raise ModelUnavailable(f"expected a file of at most {size} bytes")
    return bytes(found)
