"""The local Bot API's page as the demo shows it: four phones, the stored rows and a clock that can be moved."""
