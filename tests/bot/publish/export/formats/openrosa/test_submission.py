"""Submissions say all of a record, as the form takes it, and nothing that no XML can say."""

import re
from collections.abc import Mapping

import pytest

from bot.form.answers import Answer
from tests.bench import text
from tests.bot.publish.export.formats.made import CASES, answers_of, exported
from tests.bot.publish.export.formats.openrosa.xforms import OPENROSA, Forms, opened
from tests.bot.publish.export.published import FULL


def test_a_full_record_is_a_submission_of_the_form_with_every_fact(forms: Forms) -> None:
    """Questions under their names, codes with spaces between, repeats again and again, what no question says before them."""
    form, sent, _ = opened(exported(forms, OPENROSA, FULL))
    assert list(sent) == ["submissions/R00001_1.xml"]
    found = form.check(sent["submissions/R00001_1.xml"])
    empty = {"title_kk", "summary_kk", "title_ru", "summary_ru", "title_en", "summary_en"}
    assert {name for name in found if found[name] == ""} == {
        *empty,
        *("record/place", "record/within_km", "record/incident", "record/related"),
    }
    assert {name: value for name, value in found.items() if value != ""} == {
        "record/id": "R00001",
        "record/version": "1",
        "record/approved_on": "2027-01-15",
        "record/freedoms": "assembly",
        "record/consent": "publish_no_names",
        "record/language": "en",
        "record/people_counted": "yes",
        "record/iccpr": "9\n21",
        "record/civicus": "HRD detained\njournalist detained",
        "record/sdg_16_10_1": "arbitrary_detention",
        "record/acled": "Strategic developments/Arrests",
        "record/huridocs": "030107000000",
        "title": "=Journalists held",
        "summary": "Two were held.\nOne; the other | later.",
        "kind": "pattern",
        "assertion": "confirmed",
        "violations": "detention.mass detention",
        "violation_primary": "detention.mass",
        "rights": "liberty assembly",
        "when": "2024-03/2024-04",
        "date_meaning": "event",
        "underlying_event": "2022-01",
        "region": "KZ-75",
        "locality": "Almaty",
        "affected/affected_role": ["journalists; two", "an outlet"],
        "affected/affected_groups": ["journalist activist", "organisation"],
        "affected/affected_number_min": ["2", ""],
        "affected/affected_number_max": ["3", ""],
        "affected/affected_number_more_than": ["", ""],
        "affected/affected_organisation": ["", "Dala | Press"],
        "perpetrators/perpetrator_type": ["police"],
        "perpetrators/perpetrator_detail": ["city police"],
        "legal_basis": "KZ-AOC-488 KZ-AOC-667",
        "outcomes/outcome_status": ["fined", "toughened"],
        "outcomes/outcome_party": ["affected", "officials"],
        "outcomes/outcome_date": ["2024-04-02", ""],
        "outcomes/outcome_persons": ["2", ""],
        "outcomes/outcome_prison_years": ["", "3.5"],
        "outcomes/outcome_restriction_years": ["", "2"],
        "outcomes/outcome_arrest_days": ["", "15"],
        "outcomes/outcome_fine_mrp": ["50", ""],
        "outcomes/outcome_fine_tenge": ["184600", ""],
        "links": "https://example.org/a\nhttps://example.org/b",
        "sources/source_kind": ["ngo", "court"],
        "sources/source_publisher": ["Dala | Rights", ""],
        "sources/source_date": ["2024-06", ""],
        "sources/source_link": ["", "https://example.org/ruling"],
        "tags": "floods_2024\njanuary_2022",
        "reliability": "R2",
        "credibility": "C1",
        "evidence_origin": "from_person",
    }


def test_every_acceptance_case_is_a_submission_of_one_form(forms: Forms) -> None:
    """With its codes, people, outcomes and date, and what it is in the terms of others."""
    form, sent, _ = opened(exported(forms, OPENROSA, *map(answers_of, CASES)))
    for case, content in zip(CASES, sent.values(), strict=True):
        found, date_ = form.check(content), case["date"]
        assert (found["title"], found["summary"], found["kind"]) == (
            case["title"],
            case["narrative"],
            case["kind"],
        )
        assert found["violations"].split() == case["violations"]
        assert (found["violation_primary"], found["region"]) == (
            case["violation_primary"],
            case["place"]["region"],
        )
        assert found["rights"].split() == case["rights"]
        assert found["record/freedoms"].split() == case["freedoms"]
        is_range = date_["precision"] == "range"
        start, end = date_["start"] or "..", date_["end"] or ""
        assert found["when"] == (f"{start}/{end}" if is_range else start)
        assert found["affected/affected_role"] == [one["role"] for one in case["affected"]]
        assert found["affected/affected_groups"] == [" ".join(one["groups"]) for one in case["affected"]]
        assert found["affected/affected_number_min"] == [
            str(one["number_min"] or "") for one in case["affected"]
        ]
        assert found["perpetrators/perpetrator_type"] == [one["type"] for one in case["perpetrators"]]
        assert found["perpetrators/perpetrator_detail"] == [
            one["detail"] or "" for one in case["perpetrators"]
        ]
        assert found["outcomes/outcome_status"] == [one["status"] for one in case["outcome"]]
        assert found["outcomes/outcome_date"] == [one["date"] or "" for one in case["outcome"]]
        assert found["legal_basis"].split() == [law["code"] for law in case["legal_basis"]]
        for standard, codes in case["derived"].items():
            assert sorted(filter(None, found[f"record/{standard}"].split("\n"))) == sorted(codes)


def test_what_no_date_is_a_form_does_not_take(forms: Forms) -> None:
    """The check can fail: it knows a wrong date, a choice that is none, and a question that the form has not."""
    form, sent, _ = opened(exported(forms, OPENROSA, FULL))
    (content,) = sent.values()
    for right, wrong in (
        (b"<when>2024-03/", b"<when>03.2024/"),
        (b"detention.mass detention", b"detention.mass flogging"),
        (b"<kind>pattern", b"<kind>pattern incident"),
        (b"<tags>", b"<extra/><tags>"),
        (b"<approved_on>2027-01-15", b"<approved_on>2027-01"),
        (b"outcome_fine_mrp>50<", b"outcome_fine_mrp>5e1<"),
        (b'id="review_public"', b'id="review"'),
    ):
        assert content.count(right) == 1
        with pytest.raises(AssertionError):
            form.check(content.replace(right, wrong))


HOSTILE = [
    "=1+1",
    "+7 701",
    "-1",
    "@who",
    "\ttab ",
    "a;b",
    "a|b::c",
    "]]>",
    "<b>&amp;</b>",
    "'\"",
    "\u202eright to left",
    "🕊",
    "nul\0bell\x07escape\x1b",
    "half \ud800",
    "no character \ufffe",
    "next line \x85 and \u2028",
    "two\r\nlines\rthree",
    "${title}",
    "long " * 20_000,
]


def test_every_text_is_there_but_for_what_no_xml_can_say(forms: Forms) -> None:
    """Tags are words, line breaks stay what they are; a character that is none in XML has another in its place."""
    told: list[Mapping[str, Answer]] = [{"affected[1]/affected_role": text("x")} for _ in HOSTILE]
    changes = [{"title": one, "summary": one, "affected_role": [one], "tags": [one, "b"]} for one in HOSTILE]
    form, sent, _ = opened(exported(forms, OPENROSA, *told, changes=changes))
    assert len(sent) == len(HOSTILE)
    for given, content in zip(HOSTILE, sent.values(), strict=True):
        found = form.check(content)
        said = re.sub("[\0\x07\x1b\ud800\ufffe]", "\ufffd", given)
        assert (found["title"], found["summary"]) == (said, said)
        assert (found["affected/affected_role"], found["tags"]) == ([said], f"{said}\nb")


def test_a_version_is_told_from_another_by_its_id_and_the_same_is_the_same(forms: Forms) -> None:
    """So a server that has one takes a correction, and nothing twice; another form has another version."""
    content = exported(forms, OPENROSA, FULL, FULL)
    assert content == exported(forms, OPENROSA, FULL, FULL)
    form, sent, _ = opened(content)
    ids = [re.findall(b"<instanceID>(.*)</instanceID>", one)[0] for one in sent.values()]
    assert ids[0] == b"uuid:d602e48d-5bd4-517a-9c3f-fe3d3d4cf198"
    assert ids[0] != ids[1]
    assert all(form.check(one) for one in sent.values())
