"""What the tests stand on: real servers, a desk, browsers, the make-believe platform."""
