"""Pages: what is put in stays data, and a drawing keeps to itself."""

import re
import xml.etree.ElementTree as ET

import jinja2
import numpy as np
import pytest
from jinja2 import DictLoader
from matplotlib.figure import Figure

from barefaced.reports import page

HOSTILE = """</title><script>alert(1)</script><img src=x onerror="a" style='b'>"""


@pytest.fixture
def templates(monkeypatch):
    """A template that shows one word, beside the real ones."""
    own = DictLoader({"one.html": '{% extends "page.html" %}{% block body %}<p title="{{ a }}">{{ a }}{% endblock %}'})
    monkeypatch.setattr(page._environment, "loader", jinja2.ChoiceLoader([own, page._environment.loader]))


def figure(text: str = "a") -> Figure:
    made = Figure(figsize=(3, 2))
    axes = made.add_subplot()
    axes.plot([0, 1], [0, 1], color="#0072B2")
    axes.set_title(text)
    axes.grid(color="#E4E4E4")
    return made


def test_what_is_put_into_a_page_cannot_become_a_part_of_it(templates):
    made = page.render("one.html", a=HOSTILE)
    assert "<script" not in made
    assert "<img" not in made
    assert 'onerror="' not in made


def test_a_page_has_no_remote_part_and_its_policy_forbids_one(templates):
    made = f"{page.render('one.html', a='b')}{page.drawing(figure(), 'curve', 'a line')}"
    assert "default-src 'none'" in page.POLICY
    assert page.POLICY.replace("'", "&#39;") in made
    links = re.findall(r'(?:src|href|action)\s*=\s*"([^"]*)"|url\(([^)]*)\)|@import', made)
    assert all(link.startswith(("#", "data:")) for pair in links for link in pair if link)


def test_a_name_that_was_not_given_is_an_error_and_no_gap(templates):
    with pytest.raises(jinja2.UndefinedError):
        page.render("one.html")


def test_a_drawing_is_xml_whose_text_is_text_whatever_it_says():
    made = page.drawing(figure(HOSTILE), "curve", HOSTILE)
    root = ET.fromstring(made)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert HOSTILE in texts
    assert root.get("aria-label") == HOSTILE
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_two_drawings_on_one_page_share_no_name():
    names = [set(re.findall(r'\bid="([^"]+)"', page.drawing(figure(), name, "a"))) for name in ("one", "two")]
    assert names[0]
    assert names[1]
    assert not names[0] & names[1]
    made = page.drawing(figure(), "one", "a")
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', made)) <= names[0]


def test_a_drawing_takes_the_colours_of_the_page_but_its_text_is_left_alone():
    made = page.drawing(figure("#0072b2"), "one", "a")
    assert "stroke: var(--blue)" in made
    assert "stroke: var(--line)" in made
    assert "#0072b2</text>" in made


def test_a_picture_lies_in_its_address():
    rgb = np.full((16, 16, 3), 200, np.uint8)
    assert page.picture(rgb).startswith("data:image/jpeg;base64,")
