"""The largest batch that fits, whatever the limit is."""

from hypothesis import given
from hypothesis import strategies as st

from barefaced.pipelines.train.batch_size import largest


@given(st.integers(0, 300), st.integers(1, 300))
def test_it_is_the_limit_and_little_is_tried(limit: int, most: int) -> None:
    tried = []

    def fits(number: int) -> bool:
        tried.append(number)
        return number <= limit

    assert largest(fits, most) == min(limit, most)
    assert max(tried) <= most
    # What cannot fit costs the most: it is met a few times, not once for every number.
    assert len(tried) <= 2 * most.bit_length() + 1
