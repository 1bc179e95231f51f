"""How days and times are written. Templates and `wording` name these formats."""

DAY_FORMAT = "j M"
DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DAY_TIME_FORMAT = "j M, H:i"
DATETIME_FORMAT = "j M Y, H:i"
SECONDS_FORMAT = "j M Y, H:i:s"
