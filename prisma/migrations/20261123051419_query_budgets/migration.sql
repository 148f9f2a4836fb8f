-- CreateTable
CREATE TABLE "query_budgets" (
    "holder" UUID NOT NULL,
    "full_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "query_budgets_pkey" PRIMARY KEY ("holder")
);

-- Written every second and worth nothing after a crash, when all begin with full budgets.
ALTER TABLE "query_budgets" SET UNLOGGED;
