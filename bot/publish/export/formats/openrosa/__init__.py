"""Form and submissions for servers of OpenRosa (https://docs.getodk.org/openrosa/), such as ODK Central and
KoboToolbox."""
