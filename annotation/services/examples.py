from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modeling.schema import PairExample


def pair_example(
    texts: dict[str, Any], *, target: float | None = None, split: str | None = None
) -> "PairExample":
    """What a model sees of a pair, from a row of `queries.training_set.pair_texts`."""
    from modeling.schema import PairExample, VideoText

    def video(side: str) -> VideoText:
        return VideoText(
            title=texts[f"{side}_title"],
            description=texts[f"{side}_description"],
            transcript=texts[f"{side}_transcript"],
            channel=texts[f"{side}_channel"],
        )

    return PairExample(
        pair_id=texts["pair_id"],
        left=video("left"),
        right=video("right"),
        target=target,
        left_id=texts["left_id"],
        right_id=texts["right_id"],
        split=split,
        language=texts["language"],
    )
