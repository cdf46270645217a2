# One at a time may deploy.
exec flock deploying sleep 0.1
