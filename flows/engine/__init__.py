"""Prefect as jifen runs it (流程引擎): its server, worker, pool, access, and logs."""
