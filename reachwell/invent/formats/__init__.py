"""Writers of deliveries: one module per extract format."""
