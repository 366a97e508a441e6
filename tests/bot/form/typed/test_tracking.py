"""Links lose what tells who shared them, keep what they need, and those that still tell are named."""

import csv
import time
from pathlib import Path

import pytest

from bot.form.typed import links
from bot.form.typed.links import telling, untracked

SHARED = [
    (
        "https://www.instagram.com/p/C4x/?igsh=MWg5MHlodmdvZzJiMg%3D%3D&utm_source=qr",
        "https://www.instagram.com/p/C4x/",
    ),
    (
        "https://www.instagram.com/p/C4x/?img_index=2&igshid=MTl1",
        "https://www.instagram.com/p/C4x/?img_index=2",
    ),
    ("https://youtu.be/dQw4?si=ILWBdwL1dBSglrJS&t=42", "https://youtu.be/dQw4?t=42"),
    (
        "https://www.youtube.com/watch?v=dQw4&list=PL1&t=7s&feature=shared",
        "https://www.youtube.com/watch?v=dQw4&list=PL1&t=7s",
    ),
    ("https://www.tiktok.com/@a/video/7?_t=8h63l1Yv1V3&_r=1", "https://www.tiktok.com/@a/video/7"),
    (
        "https://www.tiktok.com/@a/video/7?is_from_webapp=1&sender_device=pc&web_id=72099",
        "https://www.tiktok.com/@a/video/7",
    ),
    (
        "https://m.facebook.com/story.php?story_fbid=1&id=2&mibextid=wwXIfr",
        "https://m.facebook.com/story.php?story_fbid=1&id=2",
    ),
    ("https://facebook.com/a/posts/1?__cft__[0]=AZ&__tn__=R#x", "https://facebook.com/a/posts/1#x"),
    ("https://x.com/a/status/1?s=20&t=abc", "https://x.com/a/status/1"),
    ("https://www.threads.net/@a/post/b?xmt=AQ", "https://www.threads.net/@a/post/b"),
    ("https://vk.com/feed?w=wall-1_2&from=search&z=photo1", "https://vk.com/feed?w=wall-1_2&z=photo1"),
    ("t.me/abc/12?single", "t.me/abc/12"),
    ("https://t.me/abc/12?comment=5&single", "https://t.me/abc/12?comment=5"),
    ("https://a.kz/n?id=7&UTM_Source=x&yclid=1&wt_mc=2", "https://a.kz/n?id=7"),
    ("https://a.kz:8080/n?fbclid=1#part", "https://a.kz:8080/n#part"),
]


@pytest.mark.parametrize(("shared", "clean"), SHARED)
def test_a_link_loses_what_tells_who_shared_it_alone(shared: str, clean: str) -> None:
    """What the page needs stays, in its order and spelling; cleaning twice changes nothing."""
    assert untracked(shared) == clean
    assert untracked(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "https://a.kz/?t=1&s=2&si=3&from=4",
        "Is it so? Yes: 5.5?utm!",
        "https://a.kz/?q=%D0%B0+b&&x",
        "mail@a.kz",
        "https://notinstagram.com/?ig_x=1",
    ],
)
def test_what_only_looks_alike_is_not_changed(text: str) -> None:
    """A parameter of one site is nothing of another's; words are words."""
    assert untracked(text) == text


def test_links_in_a_sentence_are_cleaned_too() -> None:
    """Without losing the sentence's punctuation."""
    told = "See (https://a.kz/n?utm_source=x), then https://x.com/a/status/1?s=20. End?"
    assert untracked(told) == "See (https://a.kz/n), then https://x.com/a/status/1. End?"


@pytest.mark.parametrize(
    "link",
    [
        "https://vm.tiktok.com/ZM8abc/",
        "https://www.tiktok.com/t/ZT8/",
        "https://www.facebook.com/share/p/18p4oPvY6K/",
        "https://www.instagram.com/share/reel/abc",
        "https://t.co/abc",
        "t.me/+AbCdEf",
        "https://www.reddit.com/r/kz/s/abc",
        "https://bit.ly/3abc",
        "https://www.instagram.com/p/C4x/?unknown=1",
    ],
)
def test_what_could_still_tell_is_named(link: str) -> None:
    """Short links that an app makes for one person, and unknown parameters of a known site."""
    assert list(telling(f"See ({link}).")) == [link]


@pytest.mark.parametrize(
    "link", [*(clean for _, clean in SHARED), "https://azattyq.org/a/1.html?x=1", "Ол үйде. Ал"]
)
def test_a_clean_link_is_not_named(link: str) -> None:
    """Neither pages with what they need, nor words."""
    assert list(telling(link)) == []


def test_hostile_texts_cost_little() -> None:
    """Dots, questions and ampersands by the thousand: the work grows with the length alone."""
    for text in ("a." * 10_000 + "?", "https://a.kz/?" + "&" * 20_000, "?." * 10_000):
        began = time.process_time()
        untracked(text)
        list(telling(text))
        assert time.process_time() - began < 1


def test_every_rule_has_a_source_and_stands_once() -> None:
    """In lower case where hosts are compared."""
    with Path(links.__file__).with_name("tracking.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert {row["source"] for row in rows} == {"vendor", "ClearURLs", "seen", "plain"}
    assert {row["does"] for row in rows} == {"strip", "keep", "warn"}
    assert all(row["host"] == row["host"].lower() for row in rows)
    assert len({(row["does"], row["host"], row["name"]) for row in rows}) == len(rows)
