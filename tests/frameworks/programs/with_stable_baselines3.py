"""Stable-Baselines3 learns to balance a pole, with a callback that logs what its documentation shows."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import torch
from stable_baselines3 import A2C
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Figure, HParam, Image, Video


class Images(BaseCallback):
    def _on_training_start(self):
        settings = {"algorithm": "A2C", "gamma": self.model.gamma, "tuned": True}
        metrics = {"rollout/ep_len_mean": 0, "train/value_loss": 0.0}
        self.logger.record("hparams", HParam(settings, metrics), ("stdout", "log"))

    def _on_step(self):
        if self.n_calls % 50 == 0:
            hide = ("stdout", "log", "json", "csv")
            states = np.uint8(np.arange(3 * 8 * 8).reshape(3, 8, 8))
            figure = plt.figure(figsize=(2, 2))
            figure.gca().plot([self.n_calls, 2, 3])
            self.logger.record("states/figure", Figure(figure, close=True), hide)
            self.logger.record("states/image", Image(states, "CHW"), hide)
            film = torch.from_numpy(np.stack([states, states[::-1]]))[None]
            self.logger.record("states/film", Video(film, fps=5), hide)
            self.logger.record(
                "states/weights", self.model.policy.value_net.weight, hide
            )
            self.logger.record("states/notes", f"after {self.n_calls} calls", hide)
            self.logger.dump(self.num_timesteps)
        return True


model = A2C(
    "MlpPolicy", "CartPole-v1", tensorboard_log=sys.argv[1], seed=0, device="cpu"
)
model.learn(300, Images(), log_interval=10, tb_log_name="balance")
model.learn(100, log_interval=10, tb_log_name="balance", reset_num_timesteps=False)
