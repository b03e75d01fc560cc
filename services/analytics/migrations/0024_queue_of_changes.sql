-- Tables that were built beside take over when their changes have been added to the figures of products.
update projection_tables set is_queue = true where name = 'product_changes';
