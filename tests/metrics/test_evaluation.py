"""The report against known answers: what is a video, what moves together, what is not counted."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from barefaced.errors import DataError, InputError
from barefaced.metrics.evaluation import evaluate, evaluate_file
from barefaced.metrics.ranking import auc
from barefaced.metrics.score_rows import by_video
from barefaced.values.card import Thresholds
from barefaced.values.evaluation import Model, ScoreFile
from barefaced.values.scores import Interval, ScoreTable

METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures")


def table(rows: list[tuple[str, str, str, str, float]]) -> ScoreTable:
    """Rows of (clip, dataset, method, origin, fakeness)."""
    clip, dataset, method, origin = (np.array([row[at] for row in rows], dtype=object) for at in range(4))
    return ScoreTable(
        clip=clip,
        track=np.zeros(len(rows), np.int64),
        frame=np.arange(len(rows)),
        seconds=np.arange(len(rows)) / 25,
        fakeness=np.array([row[4] for row in rows], dtype=np.float64),
        label=(method != "real").astype(np.int64),
        dataset=dataset,
        method=method,
        origin=origin,
    )


def toy(dataset: str = "toy", targets: int = 12, frames: int = 3, seed: int = 0) -> ScoreTable:
    rng = np.random.default_rng(seed)
    return table(
        [
            (f"{dataset}/{method}/{n}", dataset, method, f"{dataset}/{n}", 1 / (1 + math.exp(-rng.normal(lift))))
            for n in range(targets)
            for method, lift in (("real", 0.0), ("easy", 2.0), ("hard", 0.2))
            for _ in range(frames)
        ]
    )


def joined(*tables: ScoreTable) -> ScoreTable:
    names = [field.name for field in fields(ScoreTable)]
    return ScoreTable(**{name: np.concatenate([getattr(one, name) for one in tables]) for name in names})


def seven_hundred() -> ScoreTable:
    """140 real and 140 of each of four methods: three perfect, one exactly as the real ones and below every one."""
    rows = []
    for n in range(140):
        name, origin = f"{n:03d}_{n + 140:03d}", f"ff/{n:03d}"
        rows += [(f"ff/c23/real/{n:03d}", "ff", "real", origin, 0.5)] * 4
        for method in METHODS:
            fakeness = 0.1 if method == "NeuralTextures" else 0.9
            rows += [(f"ff/c23/{method}/{name}", "ff", method, origin, fakeness)] * 4
    return table(rows)


def test_seven_hundred_videos_are_seven_hundred_and_their_auc_is_three_quarters():
    report = evaluate(seven_hundred(), seed=0, draws=100)
    counts = report.sets["ff"].counts
    assert (counts["real"].clips, counts["fake"].clips, counts["fake"].frames) == (140, 560, 2240)
    assert report.sets["ff"].video.auc.value == pytest.approx(0.75, abs=1e-12)
    assert report.pooled.video.auc.value == pytest.approx(0.75, abs=1e-12)
    methods = report.sets["ff"].methods
    assert next(iter(methods)) == "NeuralTextures"
    assert [methods[name].video.auc.value for name in METHODS] == [1, 1, 1, 0]


def test_grouping_by_the_last_folder_name_would_have_shown_one():
    whole = seven_hundred()
    by_name: dict[tuple[int, str], list[float]] = {}
    for clip, label, fakeness in zip(whole.clip, whole.label, whole.fakeness, strict=True):
        by_name.setdefault((label, clip.rsplit("/", 1)[1]), []).append(fakeness)
    labels = np.array([label for label, _ in by_name])
    assert auc(labels, np.array([np.mean(scores) for scores in by_name.values()])) == 1.0
    assert len(by_video(whole).clip) == 700


def test_a_method_is_measured_against_all_the_reals_of_its_set():
    scores = toy()
    report = evaluate(scores, seed=0, draws=50).sets["toy"]
    for method in ("easy", "hard"):
        keep = np.isin(scores.method, ("real", method))
        assert report.methods[method].frame.auc.value == auc(scores.label[keep], scores.fakeness[keep])
        assert report.methods[method].counts["real"].clips == 12
    assert list(report.methods) == ["hard", "easy"]


def test_intervals_hold_their_values():
    report = evaluate(toy(), seed=0, draws=300)
    for part in (report.pooled, report.mean, report.sets["toy"], report.sets["toy"].methods["hard"]):
        for level in (part.frame, part.video):
            for bounds in (level.auc, level.eer, level.ap):
                assert 0 <= bounds.low <= bounds.value <= bounds.high <= 1


def test_the_report_does_not_depend_on_the_order_of_the_rows():
    scores = joined(toy(), toy("other", seed=4))
    order = np.random.default_rng(1).permutation(len(scores.clip))
    moved = ScoreTable(**{field.name: getattr(scores, field.name)[order] for field in fields(ScoreTable)})
    assert evaluate(scores, seed=3, draws=40) == evaluate(moved, seed=3, draws=40)


def test_a_seed_gives_its_intervals_again_and_another_gives_others():
    one, again, other = (evaluate(toy(), seed=seed, draws=40) for seed in (1, 1, 2))
    assert one == again
    assert one.pooled.video.auc.low != other.pooled.video.auc.low


def test_a_data_set_keeps_its_numbers_when_another_is_measured_beside_it():
    alone = evaluate(toy(), seed=1, draws=40)
    beside = evaluate(joined(toy(), toy("other", seed=4)), seed=1, draws=40)
    assert alone.sets["toy"] == beside.sets["toy"]


def test_the_mean_is_over_the_sets_that_have_both_classes():
    other, third = toy("other", seed=4), toy("third", seed=5)
    lonely = ScoreTable(**{field.name: getattr(third, field.name)[third.label == 0] for field in fields(ScoreTable)})
    report = evaluate(joined(toy(), other, lonely), seed=1, draws=400)
    values = [report.sets[name].video.auc for name in ("other", "toy")]
    assert report.mean.sets == ("other", "toy")
    assert report.mean.video.auc.value == pytest.approx(np.mean([one.value for one in values]))
    # Two independent sets: the mean's interval is narrower than either's.
    assert width(report.mean.video.auc) < min(width(one) for one in values)
    assert math.isnan(report.sets["third"].video.auc.value)
    assert "third has no fake clip: its metrics are undefined" in report.warnings


def width(bounds: Interval) -> float:
    return bounds.high - bounds.low


def test_frames_of_a_video_do_not_narrow_its_interval():
    """Every frame written ten times is the same evidence."""
    scores = toy(frames=1)
    ten = joined(*[scores] * 10)
    few, many = (evaluate(one, seed=0, draws=200).pooled.frame.auc for one in (scores, ten))
    assert (few.low, few.high) == pytest.approx((many.low, many.high), abs=1e-12)


def test_clips_that_could_not_be_assessed_are_counted_and_change_no_metric():
    reasons = {"toy/real/98": "no_face", "toy/easy/99": "no_face", "toy/hard/99": "decode_error"}
    without, given = evaluate(toy(), 0, 40), evaluate(toy(), 0, 40, reasons, {"toy/real/97": "seen in training"})
    assert given.pooled == without.pooled
    assert (given.coverage.given, given.coverage.assessed) == (39, 36)
    assert given.coverage.not_assessed == reasons
    assert given.excluded == {"toy/real/97": "seen in training"}
    assert "3 of 39 clips could not be assessed and are in no metric" in given.warnings


def test_a_clip_cannot_be_scored_and_not_assessed():
    with pytest.raises(DataError, match="toy/real/0"):
        evaluate(toy(), 0, 10, {"toy/real/0": "no_face"})


def test_a_single_origin_has_no_interval_and_the_report_says_so():
    report = evaluate(toy(targets=1), seed=0, draws=20)
    assert math.isfinite(report.pooled.video.auc.value)
    assert math.isnan(report.pooled.video.auc.low)
    assert any(said.startswith("toy: fewer than 2 origins") for said in report.warnings)


def test_draws_that_lacked_a_class_are_told():
    clips = [("toy/real/0", "real"), ("toy/real/1", "real"), ("toy/swap/2", "swap"), ("toy/swap/3", "swap")]
    scores = table([(clip, "toy", method, clip, at / 4) for at, (clip, method) in enumerate(clips)])
    report = evaluate(scores, seed=0, draws=200)
    kept = report.sets["toy"].video.draws
    assert 0 < kept < 200
    assert f"toy: {200 - kept} of 200 draws lacked a class and were dropped" in report.warnings


def test_clips_without_an_origin_stand_alone_and_the_report_says_so():
    scores = toy()
    lost = replace(scores, origin=np.full(len(scores.clip), "", dtype=object))
    report = evaluate(lost, seed=0, draws=40)
    assert report.pooled == evaluate(replace(scores, origin=scores.clip), seed=0, draws=40).pooled
    assert any(said.startswith("36 clips have no known origin") for said in report.warnings)


def test_nothing_scored_is_a_report_of_nothing():
    empty = ScoreTable(**{field.name: getattr(toy(), field.name)[:0] for field in fields(ScoreTable)})
    report = evaluate(empty, 0, 10, {"toy/real/0": "no_face"})
    assert math.isnan(report.pooled.video.auc.value)
    assert math.isnan(report.mean.video.auc.value)
    assert (report.sets, report.coverage.given) == ({}, 1)


def test_a_score_that_is_no_number_is_refused():
    scores = toy()
    scores.fakeness[7] = math.nan
    with pytest.raises(InputError, match="row 7"):
        evaluate(scores, 0, 10)


def test_no_draws_give_the_values_without_bounds():
    without, given = evaluate(toy(), seed=0, draws=0), evaluate(toy(), seed=0, draws=20)
    assert without.pooled.video.auc.value == given.pooled.video.auc.value
    assert math.isnan(without.pooled.video.auc.low)


def test_a_set_is_measured_at_the_thresholds_for_as_many_moments_as_its_clips_have():
    single, several = toy("pictures", frames=1, seed=1), toy("films", frames=5, seed=2)
    rows = [Thresholds(0.7, 0.6, "val", 100, 100, 1), Thresholds(0.55, 0.5, "val", 100, 100, 4)]
    file = ScoreFile(joined(single, several), Model("m"), thresholds=rows[1], fewer=tuple(rows[:1]))
    report = evaluate_file(file, 0, 0)
    for name, part, video_at in (("pictures", single, 0.7), ("films", several, 0.55)):
        reals = by_video(part).fakeness[by_video(part).label == 0]
        assert report.sets[name].video.false_alarms.value == pytest.approx((reals >= video_at).mean())
        frames = part.fakeness[part.label == 0]
        assert report.sets[name].frame.false_alarms.value == pytest.approx((frames >= 0.7).mean())
