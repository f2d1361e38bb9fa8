"""Tiny real models, made on the spot: the code around a model is the same whatever it has learnt."""

from __future__ import annotations

from pathlib import Path

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
SAID = {"maria": "B-PER", "silva": "I-PER", "hanoi": "B-LOC", "new": "B-LOC", "york": "I-LOC", "asean": "B-ORG"}
"""Words that the tagging model knows, and their labels."""
REST = ["the", "met", "in", "of", "and", ".", ",", "(", ")", "talks", "at", "sea", "河", "内", "ships", "are", "ed"]


def tagger(folder: Path, *, labels: list[str] = LABELS, places: int = 64) -> Path:
    """A BERT that tags by looking at the word alone, saved as safetensors with its tokenizer.

    Its layers add nothing: the word's embedding reaches the last layer, which reads the label off it.
    """
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *SAID, *REST, "##s", "##ed"]
    vocabulary = {word: i for i, word in enumerate(words)}
    raw = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    raw.normalizer = BertNormalizer(lowercase=True)
    raw.pre_tokenizer = BertPreTokenizer()
    raw.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=places,
    ).save_pretrained(folder)  # fmt: skip
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=places, num_labels=len(labels), id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )  # fmt: skip
    torch.manual_seed(0)
    model = BertForTokenClassification(config)
    with torch.no_grad():
        for one in model.parameters():
            one.zero_()
        for name, one in model.named_parameters():
            if name.endswith("LayerNorm.weight"):
                one.fill_(1.0)
        place = {"O": 0, **{said: i for i, said in enumerate(LABELS)}}
        for word, i in vocabulary.items():
            model.bert.embeddings.word_embeddings.weight[i, place[SAID.get(word, "O")]] = 4.0
        for i, label in enumerate(LABELS[: len(labels)]):
            model.classifier.weight[i, place[label]] = 3.0
    model.save_pretrained(folder, safe_serialization=True)
    return folder


def encoder(folder: Path, *, dimension: int = 24, seed: int = 0, prompts: dict[str, str] | None = None) -> Path:
    """A sentence-transformers model with one layer of random weights that reads letters, saved as any other."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,:-"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters)]
    raw = Tokenizer(WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    raw.normalizer = BertNormalizer(lowercase=True)
    raw.pre_tokenizer = BertPreTokenizer()
    made = folder.with_name(folder.name + "-parts")
    PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=128,
    ).save_pretrained(made)  # fmt: skip
    torch.manual_seed(seed)
    BertModel(BertConfig(
        vocab_size=len(words), hidden_size=dimension, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=2 * dimension, max_position_embeddings=128,
    )).save_pretrained(made)  # fmt: skip
    body = Transformer(str(made), max_seq_length=128)
    model = SentenceTransformer(modules=[body, Pooling(dimension, "mean")], prompts=prompts, device="cpu")
    model.save_pretrained(str(folder), create_model_card=False)
    return folder
