"""Names of the work pool, its queues and the deployments (工作池), without loading Prefect."""

POOL = "jifen"
# The queue that workers serve, and the one that only shows what is coming.
QUEUE, COMING = "default", "coming"
# The deployment that the clock uses; its name says whose database it works on.
DEPLOYMENT = "town"
