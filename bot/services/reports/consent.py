"""What reporters allow."""

from enum import StrEnum


class Consent(StrEnum):
    """What a reporter allows: a row without names, sharing under encryption only, counting only. Whoever gave none of
    these answers allows nothing."""

    PUBLISH = "publish_no_names"
    SHARE = "share_trusted"
    COUNT = "statistics_only"
