"""Real files to upload."""

import io
import os
import zipfile

from PIL import ExifTags, Image, ImageCms

CAMERA = "Vestibule Obscura"
PLACE = ((50.0, 6.0, 40.0), (8.0, 40.0, 55.0))
"""Degrees, minutes and seconds, north and east."""


def photo(width: int = 2400, height: int = 1600) -> bytes:
    """A JPEG as a phone makes it: it lies on its side, and says with what it was taken, and where."""
    grain = Image.effect_noise((width // 4, height // 4), 40).resize((width, height))
    light = Image.radial_gradient("L").resize((width, height))
    sky = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge("RGB", [Image.blend(channel, grain, 0.3) for channel in (sky, light, sky.rotate(180))])
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Orientation] = CAMERA, 6
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", PLACE[0]
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", PLACE[1]
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92, exif=exif, icc_profile=profile)
    return buffer.getvalue()


def picture(width: int = 64, height: int = 64) -> bytes:
    """A PNG, of noise."""
    buffer = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def archive(brushes: int = 4) -> bytes:
    """A zip file of a few MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for number in range(brushes):
            packed.writestr(f"brushes/{number}.abr", os.urandom(1_500_000))
    return buffer.getvalue()


def metadata(image: Image.Image) -> dict[str, str]:
    """What an image says about how it came to be."""
    exif = image.getexif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    told = {
        "camera": exif.get(ExifTags.Base.Make),
        "orientation": exif.get(ExifTags.Base.Orientation),
        "place": place and " ".join(str(place[tag]) for tag in sorted(place)),
        "colour profile": "icc_profile" in image.info and f"{len(image.info['icc_profile'])} bytes",
        "XMP": image.info.get("xmp"),
    }
    return {name: str(value) for name, value in told.items() if value}
