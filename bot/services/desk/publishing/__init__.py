"""The public version of a report: written, kept, coarsened, confirmed."""
