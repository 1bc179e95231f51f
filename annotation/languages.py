"""Language codes: which ones are real, and the one form of each that the study compares."""

import re
from collections.abc import Iterable

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

MAX_TAG = 32

# ISO 639-1, each with its ISO 639-2 codes (terminological, then bibliographic where it differs).
_ISO_639 = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel
bg:bul bh:bih bi:bis bm:bam bn:ben bo:bod:tib br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre
cs:ces:cze cu:chu cv:chv cy:cym:wel da:dan de:deu:ger dv:div dz:dzo ee:ewe el:ell:gre en:eng eo:epo
es:spa et:est eu:eus:baq fa:fas:per ff:ful fi:fin fj:fij fo:fao fr:fra:fre fy:fry ga:gle gd:gla
gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun hy:hye:arm hz:her
ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl:ice it:ita iu:iku ja:jpn jv:jav ka:kat:geo
kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir
la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri:mao mk:mkd:mac
ml:mal mn:mon mr:mar ms:msa:may mt:mlt my:mya:bur na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld:dut
nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus
pt:por qu:que rm:roh rn:run ro:ron:rum ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin
sk:slk:slo sl:slv sm:smo sn:sna so:som sq:sqi:alb sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam
te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig
uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho:chi
zu:zul
"""
# Withdrawn codes that YouTube and old files still carry (IANA language subtag registry).
_WITHDRAWN = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sh"}

_TWO_LETTER = {entry.partition(":")[0] for entry in _ISO_639.split()}
_SHORTEST = {
    longer: codes[0]
    for codes in (entry.split(":") for entry in _ISO_639.split())
    for longer in codes[1:]
} | _WITHDRAWN

# RFC 5646, without the grandfathered tags.
_TAG = re.compile(
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?"
    r"(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[a-wyz0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?"
)


def clean_languages(codes: Iterable[str]) -> list[str]:
    """The codes in the form in which the corpus stores languages, each once, in their order.

    Raises:
        ValidationError: naming each code that is no language; it would match no video.
    """
    found: dict[str, None] = {}
    errors = []
    for code in codes:
        try:
            found[primary_language(code.strip())] = None
        except ValueError as error:
            errors.append(
                ValidationError(
                    gettext("“%(code)s” %(problem)s.") % {"code": code, "problem": error},
                    code="language",
                )
            )
    if errors:
        raise ValidationError(errors)
    return list(found)


def primary_language(tag: str) -> str:
    """The lower-case primary subtag of a language tag, in its shortest current form.

    ``en-US`` gives ``en``, ``lit`` gives ``lt``, the withdrawn ``iw`` gives ``he``. A code of
    three letters is taken as ISO 639-3 if it is well formed, since that list grows every year.

    Raises:
        ValueError: if the tag is not well formed, or its two letters name no language.
    """
    lowered = tag.replace("_", "-").lower()
    if len(tag) > MAX_TAG or not _TAG.fullmatch(lowered):
        raise ValueError(gettext("is not a language tag such as en, pt-BR or zh-Hant"))
    primary = lowered.partition("-")[0]
    primary = _SHORTEST.get(primary, primary)
    if len(primary) == 2 and primary not in _TWO_LETTER and primary not in _WITHDRAWN:
        raise ValueError(
            gettext("names no language: %(code)s is not in ISO 639-1") % {"code": primary}
        )
    return primary


# What people write as languages and Django's own list lacks.
MORE_LANGUAGES = {
    "am": _("Amharic"), "as": _("Assamese"), "bho": _("Bhojpuri"), "bo": _("Tibetan"),
    "ceb": _("Cebuano"), "fil": _("Filipino"), "fj": _("Fijian"), "gu": _("Gujarati"),
    "ha": _("Hausa"), "haw": _("Hawaiian"), "ht": _("Haitian Creole"), "in": _("Indonesian"),
    "iw": _("Hebrew"), "jv": _("Javanese"), "jw": _("Javanese"), "ku": _("Kurdish"),
    "la": _("Latin"), "lo": _("Lao"), "mai": _("Maithili"), "mg": _("Malagasy"), "mi": _("Maori"),
    "mt": _("Maltese"), "no": _("Norwegian"), "or": _("Odia"), "pa": _("Punjabi"),
    "ps": _("Pashto"), "rw": _("Kinyarwanda"), "sd": _("Sindhi"), "sh": _("Serbo-Croatian"),
    "si": _("Sinhala"), "sm": _("Samoan"), "sn": _("Shona"), "so": _("Somali"), "st": _("Sesotho"),
    "su": _("Sundanese"), "tl": _("Tagalog"), "ti": _("Tigrinya"), "war": _("Waray"),
    "wo": _("Wolof"), "xh": _("Xhosa"), "yi": _("Yiddish"), "yo": _("Yoruba"),
    "yue": _("Cantonese"), "zh": _("Chinese"), "zu": _("Zulu"),
}  # fmt: skip


def language_name(code: str) -> str:
    """The name of a language code, in the language of the interface; the code itself where nobody
    knows it."""
    if not code:
        return gettext("Language unknown")
    for form in (code.lower(), code.lower().replace("_", "-").partition("-")[0]):
        if form in MORE_LANGUAGES:
            return gettext(MORE_LANGUAGES[form])
        if name := LANG_INFO.get(form, {}).get("name"):
            return gettext(name)
    return code


# Read by most people, so that they need not be looked for.
COMMON_LANGUAGES = (
    "ar", "bn", "zh", "cs", "nl", "en", "fr", "de", "el", "gu", "he", "hi", "hu", "id", "it", "ja",
    "ko", "ms", "fa", "pl", "pt", "pa", "ro", "ru", "es", "sw", "sv", "ta", "te", "th", "tr", "uk",
    "ur", "vi",
)  # fmt: skip


def named_languages() -> dict[str, str]:
    """Languages that have a name here, by code, in the order of their names."""
    codes = {*_TWO_LETTER, *MORE_LANGUAGES} - _WITHDRAWN.keys()
    named = {code: language_name(code) for code in codes}
    ordered = sorted(named.items(), key=lambda item: item[1].casefold())
    return {code: name for code, name in ordered if name != code}
