"""The tests. They go through the doors that the world uses: webhook, form, socket, job."""
