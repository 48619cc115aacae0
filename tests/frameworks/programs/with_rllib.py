"""RLlib: PPO learns CartPole; Ray Tune's callback, the one logger that it has for TensorBoard, writes what it reports."""

import sys
from pathlib import Path

import ray
from ray import tune
from ray.rllib.algorithms.ppo import PPOConfig
from ray.tune.logger import TBXLoggerCallback

config = (
    PPOConfig()
    .environment("CartPole-v1")
    .env_runners(num_env_runners=0)
    .training(train_batch_size=200, minibatch_size=100, num_epochs=1)
    # Ray samples the load of the machine in a thread: how many samples there are differs from run to run.
    .debugging(seed=1, log_sys_usage=False)
)
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
tune.Tuner(
    "PPO",
    param_space=config,
    tune_config=tune.TuneConfig(
        trial_name_creator=lambda _: "PPO", trial_dirname_creator=lambda _: "PPO"
    ),
    run_config=tune.RunConfig(
        name="rllib",
        storage_path=str(Path(sys.argv[1]).absolute()),
        stop={"training_iteration": 2},
        verbose=0,
        callbacks=[TBXLoggerCallback()],
    ),
).fit()
