"""The sizes of photos."""

import io

import imagesize  # type: ignore[import-untyped]


def image_size(content: bytes) -> tuple[int, int]:
    """(width, height) in pixels as an image is shown, turned as its Exif says; (0, 0) for anything else."""
    width, height = imagesize.get(io.BytesIO(content))
    # Fractions are the sizes of SVG, which Telegram does not take for a photo.
    known = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    return (width, height) if known else (0, 0)
