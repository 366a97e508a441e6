"""Approved versions that may leave, by scope, with the incidents they belong to."""
