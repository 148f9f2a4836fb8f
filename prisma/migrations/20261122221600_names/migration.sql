-- Names are unique whatever their capitals: every edit of one asks for it. Prisma knows no indexes of expressions.
CREATE INDEX "customers_display_name_lower" ON "customers"("connection_id", lower("display_name"));
CREATE INDEX "accounts_name_lower" ON "accounts"("connection_id", lower("name"));
CREATE INDEX "items_name_lower" ON "items"("connection_id", lower("name"));
