"""Form and submissions for servers of OpenRosa (https://docs.getodk.org/openrosa/), such as ODK Central and
KoboToolbox."""

from bot.services.export.formats.openrosa.writer import OPENROSA

__all__ = ["OPENROSA"]
