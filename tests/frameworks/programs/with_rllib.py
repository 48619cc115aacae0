"""RLlib learns to balance a pole, as a trial of Ray Tune."""

import sys
from pathlib import Path

import ray
from ray import tune
from ray.rllib.algorithms.ppo import PPOConfig
from ray.tune.logger import TBXLoggerCallback

ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
config = (
    PPOConfig()
    .environment("CartPole-v1")
    .env_runners(num_env_runners=0)
    .debugging(seed=0)
    .training(train_batch_size=128, minibatch_size=64, num_epochs=1)
)
tune.Tuner(
    config.algo_class,
    param_space=config,
    tune_config=tune.TuneConfig(
        trial_name_creator=lambda _: "pole", trial_dirname_creator=lambda _: "pole"
    ),
    run_config=tune.RunConfig(
        name="rllib",
        storage_path=str(Path(sys.argv[1]).absolute()),
        stop={"training_iteration": 2},
        verbose=0,
        callbacks=[TBXLoggerCallback()],
    ),
).fit()
