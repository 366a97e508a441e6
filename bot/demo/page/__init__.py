"""The demo's page: phones, stored rows and a movable clock."""
