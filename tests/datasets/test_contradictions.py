"""Files of the same bytes that are stored as real and as forged are named."""

from dataclasses import replace

from toys_datasets import toy_clip, toy_store

from barefaced.datasets.contradictions import contradictions


def test_equal_bytes_under_both_labels_are_named_and_under_one_label_are_not(tmp_path):
    clips = [toy_clip("001"), toy_clip("002"), toy_clip("003", "swap", name="003_001"), toy_clip("004", "swap")]
    store = toy_store(tmp_path / "store", clips)
    records = [replace(record, media_sha256=str(n)) for n, record in enumerate(store.records())]
    assert contradictions(records) == []
    alike = [replace(records[0], media_sha256="1"), *records[1:]]
    assert contradictions(alike) == [], "two real clips of one file are no contradiction"
    (line,) = contradictions([*records[:3], replace(records[3], media_sha256="0")])
    assert records[0].clip.clip in line
    assert records[3].clip.clip in line
    unread = [replace(record, media_sha256="", crops=()) for record in records]
    assert contradictions(unread) == [], "files that do not decode say nothing"
