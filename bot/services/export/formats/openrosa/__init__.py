"""A form and its submissions for what speaks OpenRosa (https://docs.getodk.org/openrosa/), such as ODK Central and KoboToolbox."""

from bot.services.export.formats.openrosa.writer import OPENROSA

__all__ = ["OPENROSA"]
