"""The sealed archive on a machine of the organisation: bundles read, shown on a page of this machine, shared, and keys given back."""
