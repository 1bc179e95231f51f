from rest_framework.pagination import CursorPagination


class StandardPagination(CursorPagination):
    """Newest first. A cursor costs the same on the last page as on the first."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-id"
