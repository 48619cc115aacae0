"""Lightning's Trainer and its `TensorBoardLogger`, with the graph, hyperparameters, and what one adds by hand."""

import sys

import digits
import lightning.pytorch as pl
import matplotlib.pyplot as plt
import torch
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import TensorBoardLogger
from torch.nn import functional
from torch.utils.data import DataLoader


class Reader(pl.LightningModule):
    def __init__(self, lr=0.1, sizes=(64, 16, 10), activation="relu", bias=True):
        super().__init__()
        self.save_hyperparameters()
        self.model = digits.model()
        self.example_input_array = torch.zeros(1, 64)

    def forward(self, images):
        return self.model(images)

    def training_step(self, batch, _):
        images, labels = batch
        scores = self(images)
        loss = functional.cross_entropy(scores, labels)
        accuracy = (scores.argmax(1) == labels).float().mean()
        self.log_dict({"train/loss": loss, "train/accuracy": accuracy}, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        images, labels = batch
        self.log("hp_metric", functional.cross_entropy(self(images), labels))

    def on_validation_epoch_end(self):
        writer, step = self.logger.experiment, self.global_step
        images, labels = digits.dataset(12)[:]
        for name, weights in self.named_parameters():
            writer.add_histogram(name, weights, step)
        writer.add_images("digits", images.reshape(-1, 1, 8, 8), step)
        writer.add_text(
            "notes", f"step {step} of **{self.trainer.max_epochs}** epochs", step
        )
        writer.add_embedding(
            self(images),
            labels.tolist(),
            images.reshape(-1, 1, 8, 8),
            step,
            "scores",
        )
        writer.add_pr_curve("threes", labels == 3, self(images).softmax(1)[:, 3], step)
        figure = plt.figure(figsize=(2, 2))
        figure.gca().plot(self(images)[0])
        writer.add_figure("scores of a digit", figure, step)

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), self.hparams.lr)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)]


pl.seed_everything(0)
data = digits.dataset()
logger = TensorBoardLogger(sys.argv[1], "digits", log_graph=True, sub_dir="logs")
trainer = pl.Trainer(
    accelerator="cpu",
    callbacks=[LearningRateMonitor("step")],
    enable_progress_bar=False,
    enable_model_summary=False,
    log_every_n_steps=2,
    logger=logger,
    max_epochs=2,
)
trainer.fit(Reader(), DataLoader(data, 64, shuffle=True), DataLoader(data, 128))
logger.log_metrics({"curves": {"a": 1.5, "b": 2.5}, "last": 0.25}, trainer.global_step)
# The fit has closed the writer; torch's leaves the last event of the next one to chance.
logger.finalize("success")
