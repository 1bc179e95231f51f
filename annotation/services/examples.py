from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modeling.schema import PairExample


def pair_example(
    texts: dict[str, Any], *, target: float | None = None, split: str | None = None
) -> "PairExample":
    """What a model sees of a pair, from a row of `queries.training_set.pair_texts`."""
    from modeling.duplicates import hash_vector
    from modeling.schema import PairExample, VideoText

    def video(side: str) -> VideoText:
        image_hash = texts[f"{side}_image_hash"]
        return VideoText(
            title=texts[f"{side}_title"],
            description=texts[f"{side}_description"],
            transcript=texts[f"{side}_transcript"],
            channel=texts[f"{side}_channel"],
            channel_id=texts[f"{side}_channel_id"],
            thumbnail_vector=() if image_hash is None else hash_vector(image_hash),
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
