"""Form and submissions for servers of OpenRosa (https://docs.getodk.org/openrosa/), such as ODK Central and
KoboToolbox."""

from bot.publish.export.formats.openrosa.submissions import OPENROSA as OPENROSA

__all__ = ["OPENROSA"]
