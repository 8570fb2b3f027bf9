"""What TensorBoard itself reads in a run directory, as JSON: read_events.py RUN

By the reader of its server, which drops what a resumed run takes again.
"""
import json
import logging
import sys

from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.util import tensor_util

logging.disable(logging.WARNING)


def tags(reader, plugin):
    try:
        return reader.PluginTagToContent(plugin)
    except KeyError:
        return {}


def main():
    reader = plugin_event_accumulator.EventAccumulator(
        sys.argv[1], tensor_size_guidance={"scalars": 0, "histograms": 0, "text": 0, "hparams": 0})
    reader.Reload()
    result = {"version": reader.file_version, "scalars": {}, "histograms": {}, "texts": {}, "hparams": {}}
    for plugin, name in (("scalars", "scalars"), ("histograms", "histograms"), ("text", "texts")):
        for tag in tags(reader, plugin):
            for event in reader.Tensors(tag):
                value = tensor_util.make_ndarray(event.tensor_proto)
                if name == "scalars":
                    value = repr(value.item())
                elif name == "histograms":
                    value = value.astype(float).tolist()
                else:
                    value = value.item().decode()
                result[name].setdefault(tag, []).append([event.step, value, event.wall_time])
    for tag, content in tags(reader, "hparams").items():
        if tag == metadata.SESSION_START_INFO_TAG:
            start = metadata.parse_session_start_info_plugin_data(content)
            result["hparams"] = {
                name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
            result["startSeconds"] = start.start_time_secs
        if tag == metadata.SESSION_END_INFO_TAG:
            result["status"] = metadata.parse_session_end_info_plugin_data(content).status
    json.dump(result, sys.stdout)


main()
