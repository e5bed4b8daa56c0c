"""Toy faces that walk, cross, vanish and are cut away."""

import numpy as np
from toys_vision import toy_face

from barefaced.faces.tracks import link, subject
from barefaced.values.media import Face


def moments(*rows: list[Face]) -> list[list[Face]]:
    return list(rows)


def test_no_faces_make_no_tracks() -> None:
    assert link([]) == []
    assert link([[], []]) == []
    assert subject([]) is None


def test_one_face_that_sways_is_one_track() -> None:
    faces = [[toy_face(100 + 10 * np.sin(n), 100, 60)] for n in range(20)]
    (track,) = link(faces)
    np.testing.assert_array_equal(track.frames, np.arange(20))
    np.testing.assert_array_equal(track.landmarks[7], faces[7][0].landmarks)
    np.testing.assert_array_equal(track.boxes[7], faces[7][0].box)


def test_neighbours_stay_apart_in_whatever_order_they_are_found() -> None:
    faces = []
    for n in range(12):
        pair = [toy_face(100 + n, 100, 60), toy_face(165 - n % 3, 100, 60)]
        faces.append(pair[:: -1 if n % 2 else 1])
    left, right = sorted(link(faces), key=lambda track: track.boxes[0, 0])
    assert len(left.frames) == len(right.frames) == 12
    assert left.boxes[:, 0].max() < right.boxes[:, 0].min()


def test_people_who_cross_keep_their_tracks() -> None:
    faces = [[toy_face(20 + 20 * n, 100, 60), toy_face(250 - 20 * n, 110, 60)] for n in range(12)]
    one, two = link(faces)
    assert (np.diff(one.boxes[:, 0]) > 0).all()
    assert (np.diff(two.boxes[:, 0]) < 0).all()
    assert len(one.frames) == len(two.frames) == 12


def test_a_face_missing_for_a_few_moments_is_the_same_and_for_many_a_new_one() -> None:
    here = [toy_face(100, 100, 60)]
    (track,) = link([here, [], [], [], here])
    np.testing.assert_array_equal(track.frames, [0, 4])
    assert len(link([here, [], [], [], [], here])) == 2


def test_a_cut_starts_new_tracks() -> None:
    before = [toy_face(100, 100, 60), toy_face(300, 100, 60)]
    after = [toy_face(200, 150, 60)]
    tracks = link([before, before, after, after])
    assert [track.frames.tolist() for track in tracks] == [[0, 1], [0, 1], [2, 3]]
    far = link([[toy_face(100, 100, 60)], [toy_face(400, 100, 60)]])
    close_up = link([[toy_face(200, 200, 60)], [toy_face(200, 200, 180)]])
    assert len(far) == len(close_up) == 2


def test_someone_alone_may_walk_a_body_width_between_samples() -> None:
    faces = [[toy_face(100 + 80 * n, 100, 60 + 5 * n)] for n in range(5)]
    assert len(link(faces)) == 1


def test_the_verdict_does_not_depend_on_the_pictures_size() -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 400, (10, 3, 2))
    small, large = (
        link([[toy_face(scale * x, scale * y, scale * 60) for x, y in row] for row in places]) for scale in (1, 4)
    )
    assert [track.frames.tolist() for track in small] == [track.frames.tolist() for track in large]


def test_every_face_is_in_one_track_and_no_track_has_two_of_a_moment() -> None:
    rng = np.random.default_rng(1)
    faces = [
        [toy_face(*rng.uniform(0, 300, 2), rng.uniform(30, 90)) for _ in range(rng.integers(0, 5))] for _ in range(30)
    ]
    tracks = link(faces)
    assert sum(len(track.frames) for track in tracks) == sum(map(len, faces))
    assert [track.track for track in tracks] == list(range(len(tracks)))
    for track in tracks:
        assert (np.diff(track.frames) > 0).all()


def test_the_subject_is_seen_most_and_of_equals_the_largest() -> None:
    small, large = toy_face(50, 50, 30), toy_face(300, 100, 90)
    assert subject(link([[small], [small, large], [small]])) == 0
    tracks = link([[small, large], [small, large]])
    assert subject(tracks) == next(track.track for track in tracks if track.boxes[0, 0] > 200)
