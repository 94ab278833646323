from pathlib import Path

from clover_chat.slides.formats import (
    companion_dir,
    is_candidate,
    main_files,
    series_of,
    subfolders,
)


def write_dicom(path: Path, series: bytes, size: int = 100) -> Path:
    uid = b"\x20\x00\x0e\x00UI" + len(series).to_bytes(2, "little") + series
    path.write_bytes(bytes(128) + b"DICM" + uid + bytes(size))
    return path


def names(folder: Path) -> list[list[str]]:
    return [[path.name for path in files] for files in main_files(folder)]


def test_slides_and_images_are_candidates_and_other_files_are_not(tmp_path: Path) -> None:
    for name in ("a.SVS", "b.tiff", "c.ndpi", "d.mrxs", "e.jpg", "f.txt", "g", ".h.svs"):
        (tmp_path / name).write_bytes(b"")
    assert names(tmp_path) == [["a.SVS"], ["b.tiff"], ["c.ndpi"], ["d.mrxs"], ["e.jpg"]]


def test_a_dicom_file_needs_no_suffix(tmp_path: Path) -> None:
    assert is_candidate(write_dicom(tmp_path / "IM000001", b"1.2.3"))
    assert series_of(tmp_path / "IM000001") == b"1.2.3"


def test_the_instances_of_a_dicom_series_are_one_slide_largest_first(tmp_path: Path) -> None:
    for i in range(6):
        write_dicom(tmp_path / f"{i}.dcm", b"1.2.3", size=100 * i)
    write_dicom(tmp_path / "other.dcm", b"9.9")
    assert names(tmp_path) == [["5.dcm", "4.dcm", "3.dcm"], ["other.dcm"]]


def test_the_folder_of_a_mirax_slide_is_not_searched_for_slides(tmp_path: Path) -> None:
    (tmp_path / "a.mrxs").write_bytes(b"")
    for folder in ("a", "more", ".hidden"):
        (tmp_path / folder).mkdir()
    assert companion_dir(tmp_path / "a.mrxs") == tmp_path / "a"
    assert companion_dir(tmp_path / "b.mrxs") is None
    assert subfolders(tmp_path) == [tmp_path / "more"]


def test_the_pictures_beside_a_vms_index_are_no_slides_of_their_own(tmp_path: Path) -> None:
    for name in ("a.vms", "a.jpg", "a(1,0).jpg", "a.opt"):
        (tmp_path / name).write_bytes(b"")
    assert names(tmp_path) == [["a.vms"]]


def test_folders_behind_links_are_not_searched(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert subfolders(tmp_path) == [tmp_path / "real"]
