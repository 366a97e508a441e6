"""The form as an XLSForm and as an XForm: one form, in three languages, with or without records."""

import io

from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from tests.bot.publish.export.formats.made import exported
from tests.bot.publish.export.formats.openrosa.xforms import OPENROSA, XFORMS, Forms, opened


def test_the_form_has_only_public_questions_in_three_languages_and_both_files_are_one_form(
    forms: Forms,
) -> None:
    """What Kobo makes of the workbook is what Central takes as it is; whether a place may be shown is no public question."""
    form, _, files = opened(exported(forms, OPENROSA))
    said = {path.rpartition("/")[2] for path in form.binds}
    assert not said & {"place_share", "place_given", "place_public", "published"}
    assert (
        convert(
            io.BytesIO(files["form.xlsx"]), file_type=".xlsx", validate=False, pretty_print=False
        ).xform.encode()
        == files["form.xml"]
    )
    languages = [one.attrib["lang"] for one in form.model.iter(f"{XFORMS}translation")]
    assert languages == ["English (en)", "Русский (ru)", "Қазақша (kk)"]
    assert all(len(list(one)) > 100 for one in form.model.iter(f"{XFORMS}translation"))
    assert form.primary.attrib["id"] == "review_public"
    assert "review_public" in files["README.txt"].decode()


def test_an_export_without_records_is_a_form(forms: Forms) -> None:
    """It can be set up before there is anything to send."""
    _, sent, files = opened(exported(forms, OPENROSA))
    assert sent == {}
    assert len(files["form.xlsx"]) > 10_000
