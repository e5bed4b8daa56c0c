"""Files, folders, patterns and lists become one list, each file once."""

from pathlib import Path

import pytest

from barefaced.errors import InputError
from barefaced.pipelines.detect.sources import gather


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.mp4", "a.JPG", "notes.txt", "deep/c.webm", "deep/.hidden.mp4", "[x].png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "deep" / "up").symlink_to(tmp_path)
    return tmp_path


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_a_folder_gives_its_media_by_name_and_follows_no_loop(folder):
    found, passed = gather([str(folder)])
    assert names(found, folder) == ["[x].png", "a.JPG", "b.mp4", "deep/c.webm"]
    assert passed == 1


def test_a_pattern_and_a_file_that_looks_like_one(folder):
    assert names(gather([f"{folder}/**/*.webm"])[0], folder) == ["deep/c.webm"]
    assert names(gather([f"{folder}/[x].png"])[0], folder) == ["[x].png"]


def test_what_is_named_twice_is_looked_at_once_and_what_is_not_there_is_kept(folder):
    listed = folder / "list.txt"
    listed.write_bytes(f"{folder}/b.mp4\n\n{folder}/nowhere.mp4\r\n".encode() + b"f\xff.mp4\n")
    found, _ = gather([f"{folder}/b.mp4", f"{folder}/notes.txt"], [listed])
    assert [path.name for path in found] == ["b.mp4", "notes.txt", "nowhere.mp4", "f\udcff.mp4"]


def test_a_pattern_that_matches_nothing_and_a_url_are_refused_by_name(folder):
    with pytest.raises(InputError, match=r"match the pattern; got none: .*none\*\.mp4"):
        gather([f"{folder}/b.mp4", f"{folder}/none*.mp4"])
    with pytest.raises(InputError, match=r"https://example\.org/a\.mp4\. URLs are not fetched"):
        gather(["https://example.org/a.mp4"])


def test_what_a_link_leads_to_is_looked_at_once(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("d.jfif", "e.AVIF", "f.heic", "g.doc"):
        (elsewhere / name).touch()
    for name in ("first", "second"):
        (folder / "deep" / name).symlink_to(elsewhere)
    found, passed = gather([f"{folder}/deep"])
    assert [path.name for path in found] == ["c.webm", "d.jfif", "e.AVIF", "f.heic", "[x].png", "a.JPG", "b.mp4"]
    assert passed == 2


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_ends_its_lines_with_line_feeds_alone(tmp_path, code):
    names = ["a.png", "b\x85c.png", "d\u2028e.png", " f .png"]
    (tmp_path / "list.txt").write_bytes("\r\n".join(names).encode(code))
    found, _ = gather([], [tmp_path / "list.txt"])
    assert [str(path) for path in found] == names


@pytest.mark.parametrize("data", ["a.png\n".encode("utf-16-le"), b"\xff\xfea"], ids=["no mark", "half a letter"])
def test_a_list_that_is_no_text_is_refused(tmp_path, data):
    (tmp_path / "list.txt").write_bytes(data)
    with pytest.raises(InputError, match="a list of files"):
        gather([], [tmp_path / "list.txt"])


def test_nothing_at_all_and_a_list_that_is_a_folder_are_refused(folder):
    (folder / "empty").mkdir()
    for sources, lists in (([], []), ([f"{folder}/empty"], []), ([], [folder])):
        with pytest.raises(InputError, match="files"):
            gather(sources, lists)
