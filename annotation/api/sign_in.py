from rest_framework import serializers
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny

from annotation.api.parsers import JSONParser
from annotation.sign_in import MAX_USERNAME


class SignInSerializer(AuthTokenSerializer):
    username = serializers.CharField(max_length=MAX_USERNAME, write_only=True)


class TokenView(ObtainAuthToken):
    """A token for clients that are no browser, for a name and a password."""

    parser_classes = (FormParser, MultiPartParser, JSONParser)
    permission_classes = (AllowAny,)
    serializer_class = SignInSerializer
