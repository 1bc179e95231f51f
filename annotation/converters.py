from django.urls.converters import StringConverter

from annotation.models.videos import VIDEO_ID


class VideoIdConverter(StringConverter):
    """A video's id in a path: what the model stores. Ids of other sites may hold a slash."""

    # Postgres cannot even be asked for a text with a NUL.
    regex = VIDEO_ID.removeprefix("^").removesuffix("$").replace("[^", r"[^\x00", 1)
