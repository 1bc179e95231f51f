from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.parsers import JSONParser
from annotation.services.sign_in import token_for
from annotation.sign_in import MAX_USERNAME


class SignInSerializer(AuthTokenSerializer):
    username = serializers.CharField(max_length=MAX_USERNAME, write_only=True)


class TokenView(ObtainAuthToken):
    """A token for clients that are no browser, for a name and a password."""

    # Whoever sends a token along that has ended is here for a new one.
    authentication_classes = ()
    parser_classes = (FormParser, MultiPartParser, JSONParser)
    permission_classes = (AllowAny,)
    serializer_class = SignInSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        # On the request that the server had, the lock is seen by its middleware.
        return {**super().get_serializer_context(), "request": self.request._request}

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        token = token_for(person=given.validated_data["user"])
        if token is None:
            raise ValidationError({"password": [_("It was changed just now. Sign in anew.")]})
        return Response({"token": token.key})
