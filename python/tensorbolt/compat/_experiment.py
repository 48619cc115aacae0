"""The three summaries of hyperparameters: experiment, start and end of a session."""

from typing import Any

from tensorbolt.compat import _messages


def three(package: str, found: list[bytes], added: set[str]) -> tuple[Any, Any, Any]:
    """Return the summaries as messages.

    Args:
        package: The package with the types of messages.
        found: Summaries of `add_hparams`; those of metrics are left out.
        added: Names of hyperparameters whose domain is removed from the experiment.
    """
    messages = {}
    for data in found:
        for kind in ("experiment", "session_start_info", "session_end_info"):
            if b"_hparams_/" + kind.encode() in data:
                messages[kind] = _messages.message(package, "Summary", data)
    # Without any hyperparameter, or without protobuf to edit it, TensorBoard finds the columns by itself.
    experiment = messages.get("experiment")
    if experiment is None or isinstance(experiment, _messages.Encoded):
        experiment = _messages.message(package, "Summary", b"")
    else:
        plugin = experiment.value[0].metadata.plugin_data
        content = _messages.message(package, "HParamsPluginData", plugin.content)
        for info in content.experiment.hparam_infos:
            if info.name in added:
                info.ClearField("domain_discrete")
        plugin.content = content.SerializeToString()
    return experiment, messages["session_start_info"], messages["session_end_info"]
