"""The api listener: scores by request, for clients with a key. It exists only where the pipeline has `spec.api`.

face.py         what it is made of, and its life
connections.py  how long a client may take, how many there may be
gate.py         what a request passes before a route sees it: id, key, rate, a place; and how it is answered
  keys.py         who may ask: pure
  key_files.py    the mounted Secret that says so, read again when it changes
  buckets.py      how often a client may ask: pure
  room.py         how many requests are in hand, and the thread that scores them
routes.py       the routes
  declared.py     routes that the scorer declares
  questions.py    parameters of a request: pure
  body.py         bytes of a request, no more than agreed
  scoring.py      bytes in, bytes out, by the code that scores the stream: pure
  paths.py        where in a record something is wrong: pure
  yielding.py     how the scoring of requests gives way to that of the stream
openapi.py      what all this looks like to a client: pure
refusals.py     why a request is not answered with scores: the closed list
"""
