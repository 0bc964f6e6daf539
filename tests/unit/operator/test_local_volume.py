"""Files swapped as the kubelet swaps them: a reader sees all of the old ones or all of the new ones."""

from pathlib import Path

from scoring_operator.cluster.local.volume import DATA, publish, withdraw


def shown(directory):
    return {path.name: path.read_text() for path in directory.iterdir() if not path.name.startswith("..")}


def test_files_are_readable_where_they_are_mounted(tmp_path):
    publish(tmp_path / "live", {"a.json": "1", "b.json": "2"})

    assert shown(tmp_path / "live") == {"a.json": "1", "b.json": "2"}


def test_files_are_links_through_one_link_that_a_rename_replaces(tmp_path):
    publish(tmp_path, {"a.json": "1"})

    assert (tmp_path / "a.json").readlink() == Path(DATA) / "a.json"
    assert (tmp_path / DATA).is_symlink()


def test_a_swap_shows_all_new_files_and_none_of_the_old(tmp_path):
    publish(tmp_path, {"a.json": "1", "gone.json": "x"})

    publish(tmp_path, {"a.json": "2", "new.json": "y"})

    assert shown(tmp_path) == {"a.json": "2", "new.json": "y"}


def test_a_file_that_is_being_read_stays_whole_across_a_swap(tmp_path):
    publish(tmp_path, {"a.json": "old and long"})

    with (tmp_path / "a.json").open() as reading:
        publish(tmp_path, {"a.json": "new"})

        assert reading.read() == "old and long"


def test_a_swap_leaves_nothing_behind(tmp_path):
    for number in range(5):
        publish(tmp_path, {"a.json": str(number)})

    assert len(list(tmp_path.iterdir())) == 3, "the file's link, the link to the data, the data"


def test_an_interrupted_swap_does_not_stop_the_next(tmp_path):
    publish(tmp_path, {"a.json": "1"})
    (tmp_path / f"{DATA}_new").symlink_to("nowhere")

    publish(tmp_path, {"a.json": "2"})

    assert shown(tmp_path) == {"a.json": "2"}


def test_withdrawing_removes_the_directory(tmp_path):
    publish(tmp_path / "live", {"a.json": "1"})

    withdraw(tmp_path / "live")

    assert not (tmp_path / "live").exists()
