"""Transport: brings updates in and answers out, durably and in order, without knowing what they are about."""
