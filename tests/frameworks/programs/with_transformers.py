"""Hugging Face's Trainer: a tiny BERT reads a digit as 64 words, one a pixel."""

import os
import sys

import torch
from sklearn.datasets import load_digits
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    Trainer,
    TrainingArguments,
    set_seed,
)

os.environ["TENSORBOARD_LOGGING_DIR"] = sys.argv[1]
set_seed(0)
pixels, labels = load_digits(return_X_y=True)
rows = [
    {"input_ids": torch.tensor(row, dtype=torch.long), "labels": int(label)}
    for row, label in zip(pixels[:256], labels[:256], strict=True)
]
model = BertForSequenceClassification(
    BertConfig(
        vocab_size=17,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=10,
    )
)
arguments = TrainingArguments(
    output_dir="checkpoints",
    disable_tqdm=True,
    eval_strategy="steps",
    eval_steps=4,
    logging_steps=2,
    max_steps=12,
    report_to="tensorboard",
    save_strategy="no",
    use_cpu=True,
)
trainer = Trainer(
    model,
    arguments,
    train_dataset=rows[:192],
    eval_dataset=rows[192:],
    compute_metrics=lambda found: {
        "accuracy": float((found.predictions.argmax(1) == found.label_ids).mean())
    },
)
trainer.train()
