"""The environment other software runs in: its homes inside the area's folder, nothing sent anywhere.

Set before Prefect or MLflow are imported, since both read it then.
"""

import os
from collections.abc import MutableMapping

from reachwell.area import Area


def settle(area: Area, quiet: bool, environ: MutableMapping[str, str] = os.environ) -> None:
    """Point Prefect and MLflow at the area's folder and switch their telemetry off.

    quiet: Prefect says nothing on the terminal, for runs whose progress is shown in other ways.
    """
    mlflow = area.data / "mlflow"
    environ.update(
        {
            "PREFECT_HOME": str(area.data / "prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            # A loaded machine needs longer than the 20 seconds Prefect allows its own server.
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            "PREFECT_LOGGING_COLORS": "false",
            "PREFECT_CLI_COLORS": "false",
            "PREFECT_LOGGING_LEVEL": "CRITICAL" if quiet else "INFO",
            "PREFECT_LOGGING_ROOT_LEVEL": "CRITICAL" if quiet else "WARNING",
            # Both names and this very word: each of the two takes another.
            "DO_NOT_TRACK": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_TRACKING_URI": f"sqlite:///{mlflow / 'mlflow.db'}",
        }
    )
