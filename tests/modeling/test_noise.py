"""Optional cleaning of texts, by itself and from training to prediction."""

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.cli import main
from modeling.noise import pair_without_noise, without_noise
from modeling.recipes import load_model, train
from modeling.schema import PairExample, VideoText

# Each kind of RGI sequence (Unicode, emoji-test), and what older texts write without a selector.
EMOJI = (
    "😀 ☺️ ☹ ❤️ ❤ ❤️‍🔥 👋 👋🏽 ✋🏿 ☝🏻 🫱🏻‍🫲🏿 👁️‍🗨️ "
    "👨‍👩‍👧‍👦 👩‍⚕️ 🧑🏾‍⚖️ 👩🏽‍❤️‍💋‍👨🏻 🏳️‍🌈 🏴‍☠️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 "
    "🇩🇪 🇺🇳🇯🇵 1️⃣ 0⃣ #️⃣ *️⃣ 🔟 ©️ ®️ ™️ ‼️ ⁉️ ℹ️ ↔️ ▶️ ⏩ ⏏️ ⌨️ ⌚ "
    "◾ ☎️ ♻️ ⚧️ ✈️ ✅ ❌ ➕ ➡️ ⤴️ ⬅️ ⬛ ⭐ ⭕ 〰️ 〽️ ㊗️ ㊙️ 🀄 "
    "🃏 🅰️ 🆗 🈁 🈂️ 🈚 🉑 🌶️ 🕵🏼‍♀️ 🙂‍↔️ 🐦‍🔥 ⛓️‍💥 🧑‍🧑‍🧒 "
    "🚴🏻‍♂️ 🟢 🟰 🤌🏽 🦾 🧌 🪿 🫨 🫩 "
)
CLEAN = [
    "2024 in 10 steps: 1, 2, 3 # * 4", "C++ and C#, std::vector, a == b", "R&B, AT&T; Q&A",
    "Node.js/React, ASP.NET, v1.2/x, and/or, e.g. this", "end.In the beginning",
    "I <3 you, 1 < 2 > 0",
    "<Running Man> Ep. 1 <ENG SUB>", "© 2024 ™ ® C♯ ½ ② № ↔ ▶", "info@example.com @mozilla",
    "می‌خواهم نیم‌فاصله", "क्‍ष र्‍य श्रृंखला", "ക്‍ ന്‍",
    "日本語のタイトル。㊗ 〒 一二三", "한국어 제목", "Привет, мир", "שלום עולם",
    "Auf‌lage", "¿Qué? ¡No!", "ไทย", "العربية ١٢٣",
]  # fmt: skip


@pytest.mark.parametrize("emoji", EMOJI.split())
def test_an_emoji_goes_whole_and_the_words_around_it_stay_apart(emoji):
    assert without_noise(emoji) == ""
    assert without_noise(f"one{emoji}two {emoji} 3") == "one two 3"


@pytest.mark.parametrize("text", CLEAN)
def test_what_is_no_noise_stays_as_it_is(text):
    assert without_noise(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("see https://x.org/a?b=1&c=%20#d. Then", "see . Then"),
        ("HTTP://X.ORG www.example.de/x, bit.ly/3a youtu.be/abc", ","),
        ("(patreon.com/someone) t.me/x", "( )"),
        ("詳細はhttps://example.com/abcをご覧ください", "詳細は をご覧ください"),
        ("<p>one<br/>two</p><!-- x --><a href='http://x.org'>three</a>", "one two three"),
        ("rock &amp; roll &#39;n&#x27; &lt;b&gt;more&lt;/b&gt;", "rock & roll 'n' more"),
        ("&quot;&hellip;&quot;&nbsp;&zwnj;", '"…"'),
        ("&amp;amp;lt; &am\u200bp; &bogus; &#0;", "< & &bogus; \ufffd"),
        ("a\x00b\x1b\u202ec\ufeff \ud800d\tl\r\n\n m\xa0n", "abc d l m n"),
        ("wow!!! what??? so.... ----- ===== ___ 。。。", "wow! what? so. - = _ 。"),
        ("1️⃣0️⃣ tips 2️0️2️4️", "tips 2024"),
        ("a\u200d b\u200d\u200dc \u200c", "a\u200d b\u200dc"),
        (None, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_noise_is_left_out(text, cleaned):
    assert without_noise(text) == cleaned


PIECES = [
    *"<>/&;#!?._-ab1 \u200d\u200b\ufe0f\u20e3😀🇩🏽©क्\ud800\x00", "amp", "lt", "&#",
    "&#38;", "http://", "x.org", "www.", "<b", "<!--", "-->", "##", "&am", "p;",
]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_cleaning_never_fails_never_lengthens_and_never_finds_more_the_second_time(text):
    cleaned = without_noise(text)
    assert len(cleaned) <= len(text)
    assert without_noise(cleaned) == cleaned
    assert cleaned == cleaned.strip()


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1))
def test_letters_and_digits_of_every_script_stay(text):
    assert without_noise(text) == text


@pytest.mark.parametrize(
    "piece",
    ["&amp;", "&am", "&#&#49;", "<b", "<<b>", "<!--", "a.", "-.", "a", "http://", ".", "👨‍", "1️"]
)  # fmt: skip
def test_a_text_made_to_be_slow_is_not(piece):
    began = time.process_time()
    without_noise(piece * (20_000 // len(piece)))
    assert time.process_time() - began < 5


def test_a_text_that_was_all_noise_is_a_missing_one():
    video = VideoText("🔥🔥", description="https://x.org", transcript="<br>", channel="😀")
    cleaned = pair_without_noise(PairExample("p", video, video)).left
    assert cleaned == VideoText("", "", None, channel="😀")


def noisy(example):
    def add(video):
        return replace(video, title=f"{video.title} 🔥 https://x.org/{hash(video.title)}")

    return replace(example, left=add(example.left), right=add(example.right))


@pytest.mark.parametrize("recipe", ["basic", "unified"])
def test_a_model_trained_on_cleaned_texts_cleans_those_it_predicts(
    make_examples, config, tmp_path, recipe
):
    examples = make_examples(60, 1)
    settings = replace(config, clean_text=True, epochs=1)
    train(recipe, [noisy(e) for e in examples], output=tmp_path / "model", config=settings)
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert manifest["config"]["clean_text"] is True
    model = load_model(tmp_path / "model")
    plain = [p.logit for p in model.predict(examples)]
    assert [p.logit for p in model.predict(map(noisy, examples))] == pytest.approx(plain, abs=1e-6)
    model.clean_text = False
    assert [p.logit for p in model.predict(map(noisy, examples))] != pytest.approx(plain, abs=1e-6)


def test_texts_that_cleaning_empties_are_reported_as_missing(tmp_path, capsys):
    from tests.modeling.test_row_files import NT

    row = {"regret_title": "@someone", "recommendation_title": "bread", "channel_sim": 0}
    row |= {"regret_description": "http://x.org", "recommendation_description": "oven"}
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(row) + "\n")
    arguments = ["predict", "--model", str(NT), "--input", str(source), "--output", str(target)]
    assert main([*arguments, "--clean-text"]) == 0
    written = json.loads(target.read_text())
    assert written["missing"] == "regret_title regret_description"
    assert written["regret_title"] == "@someone"
    cleaned = written["logit"]
    assert "regret_title is missing in 1 of 1 rows" in capsys.readouterr().err
    assert main(arguments) == 0
    assert json.loads(target.read_text())["logit"] != pytest.approx(cleaned, abs=1e-6)


def test_a_model_of_ours_is_not_told_otherwise_than_it_was_trained(
    make_examples, config, tmp_path, capsys
):
    train("basic", make_examples(60, 1), output=tmp_path / "model", config=config)
    (tmp_path / "in.jsonl").write_text('{"regret_title": "a", "recommendation_title": "b"}\n')
    status = main(
        ["predict", "--clean-text", "--model", str(tmp_path / "model"),
         "--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl")]
    )  # fmt: skip
    assert status == 1
    assert "trained on texts as they are" in capsys.readouterr().err
