-- AlterTable
ALTER TABLE "mirror_counts" DROP CONSTRAINT "mirror_counts_pkey",
ADD COLUMN     "epoch" INTEGER NOT NULL DEFAULT 1,
ADD CONSTRAINT "mirror_counts_pkey" PRIMARY KEY ("connection_id", "epoch", "entity", "state");
